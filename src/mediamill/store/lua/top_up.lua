#!lua flags=allow-oom
-- Bring the ready tickets of a queue up to its waiting jobs. Tickets in a worker's hand are not counted: a surplus
-- ticket finds no job and is gone; a missing one would leave a job waiting for ever.
--
-- ARGV[1]  JSON: queue, limit (500 at most), offset_ms
-- Returns  how many were pushed

if redis.call('SISMEMBER', keys.paused(), call.queue) == 1 then return 0 end
local missing = redis.call('ZCARD', keys.ages(call.queue)) - redis.call('LLEN', keys.tickets(call.queue))
local pushed = math.max(0, math.min(missing, call.limit))
for i = 1, pushed do ticket(call.queue, text(now) .. '-' .. i) end
return pushed
