#!lua flags=allow-oom
-- A parent has ended: take it from a child that is still open, and cancel a child that nobody waits for.
--
-- ARGV[1]  JSON: parent, child, offset_ms
-- Returns  moved | unchanged

expect(keys.children(call.parent), 'set')
expect(keys.parents(call.child), 'set')
local job = read(call.child)
if job then check_types(job) end
redis.call('SREM', keys.children(call.parent), call.child)
redis.call('SREM', keys.parents(call.child), call.parent)
if not job or job.is_child ~= '1' or redis.call('EXISTS', keys.parents(call.child)) == 1 then return 'unchanged' end
if not MOVES[job.state].cancel then return 'unchanged' end
job.lease_ms = tonumber(redis.call('ZSCORE', keys.leases(), job.id) or now)
move(job, 'cancel', {})
return 'moved'
