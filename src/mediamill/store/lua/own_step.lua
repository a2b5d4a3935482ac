#!lua flags=allow-oom
-- Take or renew the right to make a cached step. A holder whose attempt is over has lost it, whatever its lease says.
--
-- ARGV[1]  JSON: step, me (job id and token, a space between), lease_ms
-- Returns  1 when it is mine

local function over(holder)
  local id, token = holder:match('^(%S+) (%S+)$')
  if not id then return false end
  local kind = redis.call('TYPE', keys.job(id)).ok
  return kind == 'none' or kind == 'hash' and redis.call('HGET', keys.job(id), 'token') ~= token
end

local key = keys.step(call.step)
local holder = redis.call('GET', key)
if holder and holder ~= call.me and not over(holder) then return 0 end
redis.call('SET', key, call.me, 'PX', call.lease_ms)
return 1
