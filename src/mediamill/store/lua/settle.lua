#!lua flags=allow-oom
-- Take jobs from the outbox, but for those that changed since their end was written to the files: what was written
-- late may lie over a newer end, which is to be written again. What was written beside a job that was purged meanwhile
-- is ordered removed.
--
-- ARGV[1]  JSON: versions (id -> as written; 0: there was no record)
-- Returns  how many of them are out of the outbox

local jobs = {}
for id in pairs(call.versions) do jobs[id] = read(id) end
expect(keys.outbox(), 'zset')
expect(keys.kept(), 'zset')
local out = 0
for id, version in pairs(call.versions) do
  local job = jobs[id]
  if job and job.version ~= version then
    if FINAL[job.state] then redis.call('ZADD', keys.outbox(), 'NX', text(now), id) end
  else
    redis.call('ZREM', keys.outbox(), id)
    if not job and version > 0 then redis.call('ZADD', keys.kept(), 0, id) end
    out = out + 1
  end
end
return out
