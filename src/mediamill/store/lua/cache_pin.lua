#!lua flags=allow-oom
-- Keep entries whatever the quota and their age say, or no longer.
--
-- ARGV[1]  JSON: entries (500 at most), pinned (true or false), offset_ms
-- Returns  those of them that are in the cache, or were pinned

check_cache(call.entries)
local found = {}
for _, entry in ipairs(call.entries) do
  if not call.pinned then
    if redis.call('SREM', keys.cache_pinned(), entry) == 1 then found[#found + 1] = entry end
  elseif bytes_of(entry) then
    redis.call('SADD', keys.cache_pinned(), entry)
    found[#found + 1] = entry
  end
end
return found
