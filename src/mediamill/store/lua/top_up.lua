#!lua flags=allow-oom
-- Make the ready tickets of a queue as many as its waiting jobs. Tickets in a worker's hand are not counted: a missing
-- one would leave a job waiting for ever, a surplus one finds no job. But each costs Celery as much as a job does
-- (thousands are left when thousands of jobs are cancelled), so what is too much is taken away. A paused queue gives
-- nothing out and needs none.
--
-- ARGV[1]  JSON: queue, limit (500 at most), offset_ms
-- Returns  how many were pushed; below 0, how many were taken away

local paused = redis.call('SISMEMBER', keys.paused(), call.queue) == 1
local wanted = paused and 0 or redis.call('ZCARD', keys.ages(call.queue))
local ready = redis.call('LLEN', keys.tickets(call.queue))
local missing = math.max(-call.limit, math.min(wanted - ready, call.limit))
for i = 1, missing do ticket(call.queue, text(now) .. '-' .. i) end
if missing < 0 then redis.call('LTRIM', keys.tickets(call.queue), -missing, -1) end
return missing
