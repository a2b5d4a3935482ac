#!lua flags=allow-oom
-- A parent needs the files of a child no more: it succeeded, or is forgotten. What nobody else needs goes soon.
--
-- ARGV[1]  JSON: parent, offset_ms; optional child (without one, the parent only leaves the list of those to ask)
-- Returns  moved (the parent is out of that child's way) | unchanged

expect(keys.asked(call.parent), 'set')
expect(keys.spent(), 'zset')
local parent = read(call.parent)
if parent and parent.state ~= 'SUCCESS' then
  -- It came again under its id (derived from its own parent, or from an Idempotency-Key), and needs its children again.
  redis.call('ZREM', keys.spent(), call.parent)
  return 'unchanged'
end
local job = call.child and read(call.child)
if job then check_types(job) end
-- It has not been told yet that this parent is over (`leave`), and would go on making files that nobody is known to need.
if job and redis.call('SISMEMBER', keys.parents(call.child), call.parent) == 1 then return 'unchanged' end

if call.child then
  redis.call('SREM', keys.asked(call.parent), call.child)
  if job then redis.call('SREM', keys.askers(call.child), call.parent) end
end
if redis.call('EXISTS', keys.asked(call.parent)) == 0 then redis.call('ZREM', keys.spent(), call.parent) end
if job then release(job, job.state) end
return 'moved'
