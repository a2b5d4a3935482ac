#!lua flags=allow-oom
-- Give a waiting child the best priority of the jobs that wait for it; one that a client asked for too keeps at least
-- its own.
--
-- ARGV[1]  JSON: id, offset_ms
-- Returns  moved (its priority is another now) | unchanged

local job = read(call.id)
if not job or not MOVES[job.state].prioritise then return 'unchanged' end
check_types(job)
local best = job.is_child ~= '1' and job.priority or nil
for _, id in ipairs(redis.call('SMEMBERS', keys.parents(call.id))) do
  local parent = read(id)
  if parent and not FINAL[parent.state] then best = math.max(best or parent.priority, parent.priority) end
end
if not best or best == job.priority then return 'unchanged' end
transition(job, 'prioritise', { priority = text(best) })
return 'moved'
