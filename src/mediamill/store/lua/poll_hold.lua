#!lua flags=allow-oom
-- Keep jobs that were taken and are looked at still: nobody else is given them for as long as from a new take.
--
-- ARGV[1]  JSON: service, by (who took them), ids (500 at most), lease_ms, offset_ms
-- Returns  how many are kept; the others have moved on, were changed, or taken by another since

local line = keys.polls(call.service)
expect(line, 'zset')
local kept = {}
for _, id in ipairs(call.ids) do
  local state, by = unpack(redis.call('TYPE', keys.job(id)).ok == 'hash'
    and redis.call('HMGET', keys.job(id), 'state', 'poll_by') or {}, 1, 2)
  if state == 'RETRY' and by == call.by then
    kept[#kept + 1] = text(now + call.lease_ms)
    kept[#kept + 1] = id
  end
end
-- GT: one that has stumbled before is kept for longer already. XX: one that is paused stands in no list.
if #kept > 0 then redis.call('ZADD', line, 'XX', 'GT', unpack(kept)) end
return #kept / 2
