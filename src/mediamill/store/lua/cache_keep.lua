#!lua flags=allow-oom
-- Entries are put: from now on they are kept, and were used last.
--
-- ARGV[1]  JSON: entries (500 at most), leases (when each ends, as reserved), bytes (that each has), offset_ms
-- Returns  how many; those whose lease another has taken are not, and none under another index

check_cache(call.entries)
all_bytes()
local count = 0
for i, entry in ipairs(call.entries) do
  if leased_ms('cache_writing', entry) == call.leases[i] then
    redis.call('ZREM', keys.cache_writing(), entry)
    set_bytes(entry, call.bytes[i])
    redis.call('ZADD', keys.cache_used(), text(now), entry)
    count = count + 1
  end
end
return count
