#!lua flags=allow-oom
-- Take or renew the right to make a cached step.
--
-- ARGV[1]  JSON: step, me, lease_ms
-- Returns  1 when it is mine

local key = keys.step(call.step)
local holder = redis.call('GET', key)
if holder and holder ~= call.me then return 0 end
redis.call('SET', key, call.me, 'PX', call.lease_ms)
return 1
