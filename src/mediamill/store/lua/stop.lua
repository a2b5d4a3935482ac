#!lua flags=allow-oom
-- Ask a job that has begun to finish early and keep what there is: the attempt that runs, or the next one. One that
-- waits for its time or for its children has nothing to wait for any more.
--
-- ARGV[1]  JSON: id, offset_ms
-- Returns  { outcome, state }; outcome is moved (also when it was asked before) | unchanged (it has not begun, is being
--          cancelled, or has ended) | none

local job = read(call.id)
if not job then return { 'none', '' } end
local waits = job.state == 'PENDING' or job.state == 'RETRY'
if not (job.state == 'STARTED' or waits and job.started_ms) then return { 'unchanged', job.state } end
check_types(job)
if job.state == 'RETRY' and (job.polls or 0) > 0 then
  transition(job, 'wake', { stop = '1' })
elseif not job.stop then
  redis.call('HSET', keys.job(call.id), 'stop', '1', 'version', text(job.version + 1))
end
return { 'moved', job.state }
