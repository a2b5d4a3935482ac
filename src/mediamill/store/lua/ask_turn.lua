#!lua flags=allow-oom
-- Take a turn at what jobs share, or a place in the line for one: by priority and age, as many at once and as many a
-- minute as the caller says. A turn is held until the attempt ends (`move` in _prelude.lua), which wakes the next.
--
-- ARGV[1]  JSON: id, token (of the attempt that asks), name; optional at_once (500 at most), interval_ms with burst (a
--          turn each so many ms, `burst` of them one upon the other after a pause), offset_ms
-- Returns  { word, wait_ms }; word is held (it is ours) | wait (ask again after wait_ms) | cancel | lost (not ours any
--          more) | many (the job has places at as many names as it may)

local id, name = call.id, call.name
local job = read(id)
if not job or job.token ~= call.token then return { 'lost', '0' } end
if job.state == 'CANCELLING' then return { 'cancel', '0' } end
check_turn(name)
if redis.call('HGET', keys.holders(name), id) == call.token then return { 'held', '0' } end

-- Those at which it has no place any more are forgotten.
local names, seen = {}, false
for _, each in ipairs(turns_of(job)) do
  check_turn(each)
  seen = seen or each == name
  if redis.call('HEXISTS', keys.holders(each), id) == 1 or redis.call('ZSCORE', keys.line(each), id) or each == name then
    names[#names + 1] = each
  end
end
if not seen then
  if #names >= LIMITS.turns_of_a_job then return { 'many', '0' } end
  names[#names + 1] = name
end
redis.call('HSET', keys.job(id), 'turns', cjson.encode(names))

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', keys.asking(name), '-inf', text(now), 'LIMIT', 0, 100)) do
  leave_turn_line(name, gone)
end
redis.call('ZADD', keys.line(name), turn_rank_ms(job), id)
local before = redis.call('ZRANK', keys.line(name), id)

-- A holder whose attempt ended without a move (a restored backup) holds nothing.
local function drop_stale()
  local held = redis.call('HGETALL', keys.holders(name))
  for i = 1, math.min(#held, 2 * LIMITS.turns_at_once), 2 do
    local kind = redis.call('TYPE', keys.job(held[i])).ok
    if kind ~= 'hash' or redis.call('HGET', keys.job(held[i]), 'token') ~= held[i + 1] then
      redis.call('HDEL', keys.holders(name), held[i])
    end
  end
end

local wait_ms = 0
if call.at_once then
  local function missing() return redis.call('HLEN', keys.holders(name)) + before - call.at_once end
  if missing() >= 0 then drop_stale() end
  if missing() >= 0 then wait_ms = LIMITS.turn_look_ms * (1 + math.floor(missing() / call.at_once)) end
end

-- The generic cell rate algorithm: `full_ms` is when the bucket is full again. Who is further back comes later.
local full_ms = math.max(now, tonumber(redis.call('HGET', keys.shared(name), 'full_ms') or now))
local interval_ms = call.interval_ms or 0
local slack_ms = ((call.burst or 1) - 1) * interval_ms
if call.interval_ms then wait_ms = math.max(wait_ms, full_ms - slack_ms + before * interval_ms - now) end

if wait_ms <= 0 then
  wait_ms = 0
  full_ms = full_ms + interval_ms
  leave_turn_line(name, id)
  redis.call('HSET', keys.holders(name), id, call.token)
else
  wait_ms = math.min(wait_ms, LIMITS.turn_longest_ms)
  redis.call('ZADD', keys.asking(name), text(now + wait_ms + LIMITS.place_ms), id)
end

redis.call('HSET', keys.shared(name), 'full_ms', text(full_ms), 'next_ms', text(full_ms - slack_ms),
  'interval_ms', string.format('%.3f', interval_ms))
if call.at_once then
  redis.call('HSET', keys.shared(name), 'at_once', call.at_once)
else
  redis.call('HDEL', keys.shared(name), 'at_once')
end
local kept_ms = math.ceil(math.max(full_ms - now, wait_ms)) + LIMITS.place_ms
if redis.call('PTTL', keys.shared(name)) < kept_ms then redis.call('PEXPIRE', keys.shared(name), text(kept_ms)) end
return { wait_ms > 0 and 'wait' or 'held', text(math.ceil(wait_ms)) }
