#!lua
-- Write how far an attempt is, and tell it.
--
-- ARGV[1]  JSON: id, token, percent (0..100), stage, advanced (a step was finished), offset_ms
-- Returns  held | stop | cancel | lost, as renew does

local job = read(call.id)
if not job or job.token ~= call.token or not RUNNING[job.state] then return 'lost' end
if job.state == 'CANCELLING' then return 'cancel' end
expect(keys.events(call.id), 'stream')

-- As text: a server renders a number with all the digits of its binary form.
local percent = string.format('%.14g', call.percent)
redis.call('HSET', keys.job(call.id), 'progress', percent, 'stage', call.stage, 'version', text(job.version + 1))
-- Deaths in a row count only while the job gets nowhere.
if call.advanced or call.percent > (job.furthest or 0) then
  redis.call('HSET', keys.job(call.id), 'furthest', string.format('%.14g', math.max(call.percent, job.furthest or 0)))
  if (job.worker_losses or 0) > 0 then redis.call('HSET', keys.job(call.id), 'worker_losses', '0') end
end
tell(call.id, 'progress', cjson.encode({ progress = call.percent, stage = call.stage, attempt = job.attempt }))
return redis.call('HGET', keys.job(call.id), 'stop') and 'stop' or 'held'
