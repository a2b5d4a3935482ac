#!lua flags=allow-oom
-- Take jobs of a service that are due to be looked at: they wait, and are leased to the caller.
--
-- ARGV[1]  JSON: service, most (500 at most), by (who takes them, a random name), lease_ms, bytes (of what is returned,
--          about), offset_ms
-- Returns  { { id, owner, params, facts, wishes }, ... }, those first that have waited longest; facts, wishes: "" where
--          there are none
--
-- What was taken before and never answered (its poll died, or stumbled over one of them) is given in ever smaller
-- groups: one that cannot be looked at is alone after three of them, and from then on comes later each time.

local FIELDS_OF_ONE = { 'state', 'service', 'owner', 'params', 'poll_at_ms', 'poll_paused', 'poll_tries', 'poll_facts', 'poll_wishes' }
local SMALLER, ALONE, DOUBLINGS = 8, 3, 7

local line = keys.polls(call.service)
expect(line, 'zset')
local rows, leases, gone = {}, {}, {}
local room, group = call.bytes, call.most
for _, id in ipairs(redis.call('ZRANGEBYSCORE', line, '-inf', text(now), 'LIMIT', 0, call.most)) do
  local values = redis.call('TYPE', keys.job(id)).ok == 'hash' and redis.call('HMGET', keys.job(id), unpack(FIELDS_OF_ONE)) or {}
  local state, service, owner, params, at_ms, paused, tries, facts, wishes = unpack(values, 1, #FIELDS_OF_ONE)
  if state ~= 'RETRY' or service ~= call.service or not (params and at_ms) or paused then
    gone[#gone + 1] = id  -- a restored backup, a hand in the store
  else
    tries = tonumber(tries or 0) or 0
    local fits = tries < ALONE and math.floor(call.most / SMALLER ^ tries) or 1
    group = math.min(group, math.max(1, fits))
    facts, wishes = facts or '', wishes or ''
    room = room - #params - #facts - #wishes
    if #rows > 0 and (#rows >= group or room < 0) then break end
    rows[#rows + 1] = { id, owner, params, facts, wishes }
    leases[#leases + 1] = text(now + call.lease_ms * 2 ^ math.min(math.max(tries - ALONE, 0), DOUBLINGS))
  end
end
for i, row in ipairs(rows) do
  redis.call('ZADD', line, leases[i], row[1])
  redis.call('HSET', keys.job(row[1]), 'poll_by', call.by)
  redis.call('HINCRBY', keys.job(row[1]), 'poll_tries', 1)
end
if #gone > 0 then redis.call('ZREM', line, unpack(gone)) end
return rows
