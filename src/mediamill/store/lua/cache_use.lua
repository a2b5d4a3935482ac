#!lua flags=allow-oom
-- Entries were used, some of them by jobs that may be named to pin them.
--
-- ARGV[1]  JSON: entries (500 at most), hits, misses (how often one was found, or made), folders (job -> entries),
--          kept_ms (how long it is known what a job used), offset_ms
-- Returns  how many of them are in the cache

check_cache({})
all_bytes()
for job in pairs(call.folders) do expect(keys.cache_of(job), 'set') end
for _, name in ipairs({ 'hits', 'misses' }) do
  if call[name] > 0 then tally(name, call[name]) end
end
local count = 0
for _, entry in ipairs(call.entries) do
  if redis.call('ZSCORE', keys.cache_used(), entry) then
    redis.call('ZADD', keys.cache_used(), text(now), entry)
    count = count + 1
  end
end
for job, entries in pairs(call.folders) do
  redis.call('SADD', keys.cache_of(job), unpack(entries))
  redis.call('PEXPIRE', keys.cache_of(job), call.kept_ms)
end
return count
