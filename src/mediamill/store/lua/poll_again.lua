#!lua flags=allow-oom
-- Put off jobs that were looked at: the next look, and with it the time at which a job runs by itself.
--
-- ARGV[1]  JSON: service, by (who took them), offset_ms
-- ARGV[2+] id, in how many ms, facts (JSON; "" leaves them) of each job in turn, 500 jobs at most
-- Returns  how many were put off; the others have moved on, were changed, or taken by another since

local line = keys.polls(call.service)
expect(line, 'zset')
expect(keys.delayed(), 'zset')
local jobs = {}
for i = 2, #ARGV, 3 do
  local id = ARGV[i]
  local values = redis.call('TYPE', keys.job(id)).ok == 'hash'
    and redis.call('HMGET', keys.job(id), 'state', 'poll_by', 'poll_wait_ms', 'version') or {}
  if values[1] == 'RETRY' and values[2] == call.by then
    local at_ms = now + tonumber(ARGV[i + 1])
    jobs[#jobs + 1] = { id = id, at = text(at_ms), due = text(at_ms + tonumber(values[3])),
      version = text(tonumber(values[4]) + 1), facts = ARGV[i + 2] }
  end
end
for _, job in ipairs(jobs) do
  redis.call('HSET', keys.job(job.id), 'poll_at_ms', job.at, 'due_ms', job.due, 'version', job.version)
  if job.facts ~= '' then redis.call('HSET', keys.job(job.id), 'poll_facts', job.facts) end
  redis.call('HDEL', keys.job(job.id), 'poll_by', 'poll_tries')
  redis.call('ZADD', line, job.at, job.id)
  redis.call('ZADD', keys.delayed(), job.due, job.id)
end
return #jobs
