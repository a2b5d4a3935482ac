#!lua
-- What lies in the files and has no row gets one; the bytes of what has one are put right.
--
-- ARGV[1]  JSON: entries (500 at most), bytes (of each), used_ms (of each), offset_ms; optional walk (its name: all files
--          are looked through now; from then on what is not used may go, unless the index is another than at its begin)
-- Returns  how many rows are new

check_cache(call.entries)
all_bytes()
local count = 0
for i, entry in ipairs(call.entries) do
  local has = bytes_of(entry)
  if not has then
    set_bytes(entry, call.bytes[i])
    redis.call('ZADD', keys.cache_used(), text(math.min(call.used_ms[i], now)), entry)
    count = count + 1
  elseif has ~= call.bytes[i] and not leased_ms('cache_writing', entry) and not leased_ms('cache_dying', entry) then
    set_bytes(entry, call.bytes[i])
  end
end
if call.walk and redis.call('HGET', keys.cache_totals(), 'walk') == call.walk then
  redis.call('HSET', keys.cache_totals(), 'looked_ms', text(now))
end
return count
