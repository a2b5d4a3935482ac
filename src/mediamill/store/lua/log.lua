#!lua
-- Add lines to a job's log.
--
-- ARGV[1]   JSON: id, token
-- ARGV[2+]  lines, each a JSON object with at_ms, attempt, level, event, fields
-- Returns   1, or 0 when the attempt is not the record's any more

local job = read(call.id)
if not job or job.token ~= call.token then return 0 end
for i = 2, #ARGV do redis.call('XADD', keys.log(call.id), 'MAXLEN', '~', LIMITS.log_lines, '*', 'd', ARGV[i]) end
ring(call.id, 'log')
return 1
