#!lua flags=allow-oom
-- A parent has ended, or asks for other children now: take it from a child that is still open, and cancel a child that
-- nobody waits for.
--
-- ARGV[1]  JSON: parent, offset_ms; optional child (without one, the parent only leaves the list of those to tell),
--          token (of the parent's attempt, which runs: it waits for this child no longer)
-- Returns  moved (the child was cancelled) | unchanged

expect(keys.children(call.parent), 'set')
expect(keys.orphans(), 'zset')
local parent = read(call.parent)
if call.token then
  if not parent or parent.token ~= call.token then return 'unchanged' end
elseif parent and not FINAL[parent.state] then
  -- It was redriven meanwhile, and has its children again.
  redis.call('ZREM', keys.orphans(), call.parent)
  return 'unchanged'
end
local job = call.child and read(call.child)
if call.child then expect(keys.parents(call.child), 'set') end
if job then check_types(job) end

if call.child then
  redis.call('SREM', keys.children(call.parent), call.child)
  redis.call('SREM', keys.parents(call.child), call.parent)
end
if redis.call('EXISTS', keys.children(call.parent)) == 0 then redis.call('ZREM', keys.orphans(), call.parent) end
if not job or job.is_child ~= '1' and job.tied ~= '1' then return 'unchanged' end
if redis.call('EXISTS', keys.parents(call.child)) == 1 then return 'unchanged' end
if not MOVES[job.state].cancel then return 'unchanged' end
job.lease_ms = tonumber(redis.call('ZSCORE', keys.leases(), job.id) or now)
move(job, 'cancel', { error_code = 'PARENT_ENDED', error_message = 'no job waits for this one any more' })
return 'moved'
