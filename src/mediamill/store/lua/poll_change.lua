#!lua flags=allow-oom
-- Change what a client wishes of a job that is looked at from time to time, or pause that. Where it is not paused then,
-- it is looked at at once; one that runs, as soon as it waits.
--
-- ARGV[1]  JSON: id, offset_ms; optional wishes (JSON, as text), paused (true | false)
-- Returns  { outcome, state }; outcome is moved | unchanged (it has ended, or is being cancelled) | none

local job = read(call.id)
if not job then return { 'none', '' } end
if FINAL[job.state] or job.state == 'CANCELLING' then return { 'unchanged', job.state } end
check_types(job)
expect(keys.pollers(), 'hash')

local key = keys.job(job.id)
redis.call('HSET', key, 'version', text(job.version + 1))
if call.wishes then redis.call('HSET', key, 'poll_wishes', call.wishes) end
if call.paused ~= nil then
  job.poll_paused = call.paused and '1' or nil
  if call.paused then redis.call('HSET', key, 'poll_paused', '1') else redis.call('HDEL', key, 'poll_paused') end
end
-- Who looks at it now has not seen this: what it says of the job does not count any more.
redis.call('HDEL', key, 'poll_by', 'poll_tries')
if not job.poll_at_ms then
  redis.call('HSET', key, 'poll_changed', '1')
elseif job.poll_paused then
  redis.call('ZREM', keys.polls(job.service), job.id)
else
  job.poll_at_ms = now
  redis.call('HSET', key, 'poll_at_ms', text(now))
  enlist(job)
end
return { 'moved', job.state }
