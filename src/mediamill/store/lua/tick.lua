#!lua flags=allow-oom
-- One round of the sweeper: take or keep the lead, watch the clock, name what is due.
--
-- ARGV[1]  JSON: me (a random name), lock_ms, lease_ms, gap_ms, keep_done_ms, keep_dead_ms, keep_files_ms,
--          keep_released_ms, limit (500 at most), offset_ms
-- Returns  nothing to one who does not lead; else { still (1: no lease is lost in this round),
--          due, lost, expired, settled (ended, to be written to the files), orphaning (ended parents),
--          old (records), faded (jobs whose files are old, or were ordered removed),
--          spent (parents that do without their children's files), released (children whose files nobody needs) }

expect(keys.clock(), 'hash')
for _, name in ipairs({ 'delayed', 'leases', 'expiry', 'outbox', 'orphans', 'done', 'dead', 'kept', 'spent', 'released' }) do
  expect(keys[name](), 'zset')
end
local leader = redis.call('GET', keys.sweeper())

-- After a gap (this server or the whole fleet was stopped), a jump of the clock or under a new server, workers had no
-- chance to renew: they get one lease of stillness. Every candidate keeps this clock: while one of them is heard, the
-- server was not stopped, and a leader's death alone holds no lease back.
local run_id = redis.call('INFO', 'server'):match('run_id:(%w+)')
local clock = redis.call('HMGET', keys.clock(), 'last_ms', 'run_id', 'still_until_ms')
local last_ms, still_until_ms = tonumber(clock[1] or now), tonumber(clock[3] or 0)
if now - last_ms > call.gap_ms or now < last_ms or (clock[2] and clock[2] ~= run_id) then
  still_until_ms = now + call.lease_ms
end
redis.call('HSET', keys.clock(), 'last_ms', text(now), 'run_id', run_id, 'still_until_ms', text(still_until_ms))
local still = now < still_until_ms

if leader and leader ~= call.me then return false end
redis.call('SET', keys.sweeper(), call.me, 'PX', call.lock_ms)

-- Where the clock was set back, leases may end long after any that is given now, and hold the jobs of the dead so long.
local longest_ms = text(now + call.lease_ms)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', keys.leases(), '(' .. longest_ms, '+inf', 'LIMIT', 0, call.limit)) do
  redis.call('ZADD', keys.leases(), longest_ms, id)
end

local function up_to(key, max_ms) return redis.call('ZRANGEBYSCORE', key, '-inf', text(max_ms), 'LIMIT', 0, call.limit) end
local old = up_to(keys.done(), now - call.keep_done_ms)
for _, id in ipairs(up_to(keys.dead(), now - call.keep_dead_ms)) do
  if #old < call.limit then old[#old + 1] = id end
end
return { still and 1 or 0, up_to(keys.delayed(), now), still and {} or up_to(keys.leases(), now), up_to(keys.expiry(), now),
  up_to(keys.outbox(), now), up_to(keys.orphans(), now), old, up_to(keys.kept(), now - call.keep_files_ms),
  up_to(keys.spent(), now), up_to(keys.released(), now - call.keep_released_ms) }
