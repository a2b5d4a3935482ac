#!lua flags=allow-oom
-- Take a job from the outbox, unless it changed since its end was written to the files.
--
-- ARGV[1]  JSON: id, version
-- Returns  1 when it is out of the outbox

local job = read(call.id)
if job and job.version ~= call.version then return 0 end
redis.call('ZREM', keys.outbox(), call.id)
return 1
