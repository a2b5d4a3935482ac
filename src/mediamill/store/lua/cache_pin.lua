#!lua flags=allow-oom
-- Keep entries whatever the quota and their age say, or no longer.
--
-- ARGV[1]  JSON: entries (500 at most), pinned (true or false), offset_ms
-- Returns  how many of them are in the cache, or were pinned

check_cache(call.entries)
local count = 0
for _, entry in ipairs(call.entries) do
  if not call.pinned then
    count = count + redis.call('SREM', keys.cache_pinned(), entry)
  elseif bytes_of(entry) then
    redis.call('SADD', keys.cache_pinned(), entry)
    count = count + 1
  end
end
return count
