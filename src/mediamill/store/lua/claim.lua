#!lua flags=allow-oom
-- Take the best waiting job of a queue: owners in turn, within an owner by priority and age.
--
-- ARGV[1]  JSON: queue, token (random, new), machine, worker, lease_ms, offset_ms; optional follow (no ticket brought
--          this claim: it takes the job's own one from those that are ready)
-- Returns  { id, name, value, ... } of the record after the move, or nothing: no job waits, or the queue is paused

local function record(id)
  local reply = redis.call('HGETALL', keys.job(id))
  table.insert(reply, 1, id)
  return reply
end

-- One who did not hear the answer (a broken connection) asks again with the same token, and gets the same job: else
-- that one would wait for its lease's end, held by nobody.
local claimed = redis.call('GET', keys.claimed(call.token))
if claimed and redis.call('HGET', keys.job(claimed), 'token') == call.token then return record(claimed) end

if redis.call('SISMEMBER', keys.paused(), call.queue) == 1 then return false end

-- The line of owners and an owner's line are kept in step with the records, so the first try holds; an entry
-- without a waiting record (a restored backup, a hand in the store) is dropped and the next one taken.
for _ = 1, 100 do
  local owner = redis.call('ZRANGE', keys.turns(call.queue), 0, 0)[1]
  if not owner then return false end
  local line = keys.waiting(call.queue, owner)
  local id = redis.call('ZRANGE', line, 0, 0)[1]
  local job = id and read(id)
  if job and job.state == 'PENDING' then
    check_types(job)
    redis.call('ZADD', keys.turns(call.queue), redis.call('INCR', keys.turn()), owner)
    job.lease_ms = now + call.lease_ms
    -- A poll keeps its last stage, so that only another one is news.
    local stage = (job.polls or 0) > 0 and job.stage or ''
    -- It has started in time, so its deadline is met, whatever becomes of this attempt.
    transition(job, 'claim', { token = call.token, machine = call.machine, worker = call.worker,
      attempt = text((job.attempt or 0) + 1), started_ms = text(now), stage = stage, start_by_ms = false })
    redis.call('SET', keys.claimed(call.token), id, 'PX', LIMITS.claim_ms)
    if call.follow then redis.call('RPOP', keys.tickets(call.queue)) end
    return record(id)
  end
  if id then
    redis.call('ZREM', line, id)
    redis.call('ZREM', keys.ages(call.queue), id)
    if not job then drop(id) end
  else
    redis.call('ZREM', keys.turns(call.queue), owner)
  end
end
return false
