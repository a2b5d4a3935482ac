#!lua flags=allow-oom
-- Ask a job that has begun to finish early and keep what there is: the attempt that runs, or the next one. One that
-- waits for its time or for its children has nothing to wait for any more.
--
-- ARGV[1]  JSON: id, offset_ms; with a parent that asks, parent and token (of its attempt): then one that others want
--          too, a client or another job, is left alone, and one that has not begun is cancelled: it has nothing to keep
-- Returns  { outcome, state }; outcome is moved (also when it was asked before) | unchanged (it has not begun, is being
--          cancelled, has ended, or is others' too) | stale (the parent's attempt is over) | none

local job = read(call.id)
if call.parent then
  local parent = read(call.parent)
  if not parent or not parent.token or parent.token ~= call.token then return { 'stale', job and job.state or '' } end
end
if not job then return { 'none', '' } end
local waits = job.state == 'PENDING' or job.state == 'RETRY'
local begun = job.state == 'STARTED' or waits and job.started_ms
if call.parent then
  expect(keys.parents(call.id), 'set')
  local others = redis.call('SCARD', keys.parents(call.id)) - redis.call('SISMEMBER', keys.parents(call.id), call.parent)
  if job.is_child ~= '1' and job.tied ~= '1' or others > 0 then return { 'unchanged', job.state } end
  if waits and not begun then
    check_types(job)
    move(job, 'cancel', {})
    return { 'moved', job.state }
  end
end
if not begun then return { 'unchanged', job.state } end
check_types(job)
if job.state == 'RETRY' and (job.polls or 0) > 0 then
  transition(job, 'wake', { stop = '1' })
elseif not job.stop then
  redis.call('HSET', keys.job(call.id), 'stop', '1', 'version', text(job.version + 1))
end
return { 'moved', job.state }
