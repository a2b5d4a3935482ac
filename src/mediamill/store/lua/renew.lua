#!lua flags=allow-oom
-- Renew the leases of all attempts of a machine whose process lives.
--
-- ARGV[1]  JSON: lease_ms, offset_ms, attempts = [[id, token], ...] (500 at most)
-- Returns  one word per attempt: held | stop (held, finish early) | cancel (held, end it) | lost

local replies = {}
for i, attempt in ipairs(call.attempts) do
  local id, token = attempt[1], attempt[2]
  -- One spoilt record must not cost the others their leases.
  local found = redis.call('TYPE', keys.job(id)).ok == 'hash' and redis.call('HMGET', keys.job(id), 'state', 'token', 'stop') or {}
  if found[2] ~= token or not RUNNING[found[1] or ''] then
    replies[i] = 'lost'
  elseif found[1] == 'CANCELLING' then
    replies[i] = 'cancel'
  else
    replies[i] = found[3] and 'stop' or 'held'
  end
end
for i, attempt in ipairs(call.attempts) do
  if replies[i] ~= 'lost' then redis.call('ZADD', keys.leases(), text(now + call.lease_ms), attempt[1]) end
end
return replies
