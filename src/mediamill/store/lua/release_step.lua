#!lua flags=allow-oom
-- Give the right to make a cached step back, if it is still mine.
--
-- ARGV[1]  JSON: step, me
-- Returns  1 when it was mine

local key = keys.step(call.step)
if redis.call('GET', key) ~= call.me then return 0 end
redis.call('DEL', key)
return 1
