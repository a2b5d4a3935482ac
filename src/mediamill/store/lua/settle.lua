#!lua flags=allow-oom
-- Take a job from the outbox, unless it changed since its end was written to the files: what was written late may
-- lie over a newer end, which is to be written again. What was written beside a job that was purged meanwhile is
-- ordered removed.
--
-- ARGV[1]  JSON: id, version (as written; 0: there was no record)
-- Returns  1 when it is out of the outbox

local job = read(call.id)
expect(keys.outbox(), 'zset')
expect(keys.kept(), 'zset')
if job and job.version ~= call.version then
  if FINAL[job.state] then redis.call('ZADD', keys.outbox(), 'NX', text(now), call.id) end
  return 0
end
redis.call('ZREM', keys.outbox(), call.id)
if not job and call.version > 0 then redis.call('ZADD', keys.kept(), 0, call.id) end
return 1
