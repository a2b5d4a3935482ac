-- Put before every move, after the generated tables: `keys` (store/keys.py), `MOVES` (core/states.py),
-- `LIMITS` (core) and `TICKET` (kombu's own envelope with @QUEUE@ and @TAG@ in it).
--
-- A move reads and checks everything before its first write, since a script is no transaction:
-- what it wrote before an error stays written.

local call = cjson.decode(ARGV[1])

local FINAL = { SUCCESS = true, FAILURE = true, REVOKED = true }
local RUNNING = { STARTED = true, CANCELLING = true }
local FIELDS = { 'state', 'owner', 'queue', 'priority', 'queued_ms', 'created_ms', 'token', 'attempt', 'failures',
  'worker_losses', 'started_ms', 'worker', 'history', 'dedupe_key', 'keep_dedupe', 'version', 'start_by_ms', 'due_ms',
  'ended_ms', 'is_child', 'furthest', 'request_hash', 'polls', 'stage', 'waits', 'ended', 'redriven_ms', 'files_expired_ms',
  'stop', 'strays', 'changes', 'turns', 'tied', 'service', 'identified',
  'poll_at_ms', 'poll_paused', 'poll_called_ms' }
local NUMBERS = { priority = true, queued_ms = true, created_ms = true, attempt = true, failures = true,
  worker_losses = true, started_ms = true, version = true, start_by_ms = true, due_ms = true, ended_ms = true,
  furthest = true, polls = true, redriven_ms = true, files_expired_ms = true, strays = true, changes = true,
  poll_at_ms = true, poll_called_ms = true }

local function text(ms) return string.format('%.0f', ms) end

-- The server's clock, ms. Tests move it by an offset.
local function clock_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + (call.offset_ms or 0)
end
local now = clock_ms()
local today = string.format('%d', math.floor(now / 86400000))

-- Refuse to go on with a key of another type. Only for keys that are written: a read refuses by itself.
local function expect(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then
    error({ err = 'WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. kind })
  end
end

-- Refuse to go on with a counter that holds no number.
local function expect_number(key)
  if not tonumber(redis.call('GET', key) or 0) then error({ err = 'ERR ' .. key .. ' is no number' }) end
end

-- The record as a table, numbers as numbers; nil when there is none.
local function read(id)
  local values = redis.call('HMGET', keys.job(id), unpack(FIELDS))
  if not values[1] then return nil end
  local job = { id = id }
  for i, name in ipairs(FIELDS) do job[name] = values[i] or nil end
  for name in pairs(NUMBERS) do
    if job[name] then
      job[name] = tonumber(job[name]) or error({ err = 'ERR ' .. name .. ' of job ' .. id .. ' is no number' })
    end
  end
  return job
end

-- Every key that moving this job may write has the type it should have, or nothing is written.
local function check_types(job)
  expect(keys.events(job.id), 'stream')
  expect(keys.waiting(job.queue, job.owner), 'zset')
  expect(keys.turns(job.queue), 'zset')
  expect(keys.ages(job.queue), 'zset')
  expect(keys.counts(job.queue), 'hash')
  expect(keys.tickets(job.queue), 'list')
  expect_number(keys.turn())
  expect_number(keys.completed(job.queue, today))
  for _, name in ipairs({ 'delayed', 'leases', 'expiry', 'done', 'dead', 'kept', 'outbox', 'orphans', 'spent', 'released',
    'index' }) do
    expect(keys[name](), 'zset')
  end
  expect(keys.owned(job.owner), 'zset')
  expect(keys.dead_of(job.owner), 'zset')
  for _, name in ipairs({ 'children', 'parents', 'asked', 'askers' }) do expect(keys[name](job.id), 'set') end
  if job.dedupe_key then expect(keys.dedupe(job.owner, job.dedupe_key), 'string') end
  if job.identified then
    expect(keys.identified(job.dedupe_key, job.owner), 'string')
    expect(keys.identities(job.service, job.owner), 'zset')
  end
  if job.poll_at_ms then expect(keys.polls(job.service), 'zset') end
end

-- Where a job stands in a list by age.
local function place(job) return string.format('%013.0f:%s', job.created_ms, job.id) end

local function count(queue, name, by) redis.call('HINCRBY', keys.counts(queue), name, by) end

-- what: an event's name, `log`, or `end` where the job is over or gone: who waits for something else need not look.
local function ring(id, what) redis.call('PUBLISH', keys.bell(id), what) end

local function tell(id, name, facts, what)
  redis.call('XADD', keys.events(id), 'MAXLEN', '~', LIMITS.events, '*', 'n', name, 'd', facts)
  ring(id, what or name)
end

-- ---- the waiting line: owners in turn, within an owner by rank (age and priority in one number)

local function rank_ms(job) return text(job.queued_ms - job.priority * LIMITS.ageing_ms) end

local function ticket(queue, tag)
  local message = TICKET:gsub('@QUEUE@', queue):gsub('@TAG@', tag)
  redis.call('LPUSH', keys.tickets(queue), message)
end

local function join_line(job)
  redis.call('ZADD', keys.waiting(job.queue, job.owner), rank_ms(job), job.id)
  redis.call('ZADD', keys.ages(job.queue), text(job.queued_ms), job.id)
  if not redis.call('ZSCORE', keys.turns(job.queue), job.owner) then
    -- A newcomer joins at the end of the round, or it could pass the others by leaving and returning.
    redis.call('ZADD', keys.turns(job.queue), redis.call('INCR', keys.turn()), job.owner)
  end
  count(job.queue, 'waiting:' .. job.priority, 1)
  if job.start_by_ms then redis.call('ZADD', keys.expiry(), text(job.start_by_ms), job.id) end
end

local function leave_line(job)
  redis.call('ZREM', keys.waiting(job.queue, job.owner), job.id)
  redis.call('ZREM', keys.ages(job.queue), job.id)
  if redis.call('EXISTS', keys.waiting(job.queue, job.owner)) == 0 then
    redis.call('ZREM', keys.turns(job.queue), job.owner)
  end
  count(job.queue, 'waiting:' .. job.priority, -1)
  redis.call('ZREM', keys.expiry(), job.id)
end

-- ---- turns at what jobs share: who holds one, and who waits in line (store/turns.py)

-- The names at which a job holds a turn or has a place; the record's field `turns`.
local function turns_of(job) return job.turns and cjson.decode(job.turns) or {} end

local function check_turn(name)
  expect(keys.shared(name), 'hash')
  expect(keys.holders(name), 'hash')
  expect(keys.line(name), 'zset')
  expect(keys.asking(name), 'zset')
end

-- By age, and by priority as everywhere: a job that was handed back or failed keeps its place.
local function turn_rank_ms(job)
  return text(math.max(job.created_ms, job.redriven_ms or 0) - job.priority * LIMITS.ageing_ms)
end

local function leave_turn_line(name, id)
  redis.call('ZREM', keys.line(name), id)
  redis.call('ZREM', keys.asking(name), id)
end

-- Give a waiting job another priority. Its owner keeps the turn: leaving and joining would send it to the round's end.
local function reorder(job, priority)
  local before = job.priority
  job.priority = priority
  for _, name in ipairs(turns_of(job)) do redis.call('ZADD', keys.line(name), 'XX', turn_rank_ms(job), job.id) end
  if job.state ~= 'PENDING' then return end
  redis.call('ZADD', keys.waiting(job.queue, job.owner), rank_ms(job), job.id)
  count(job.queue, 'waiting:' .. before, -1)
  count(job.queue, 'waiting:' .. priority, 1)
end

-- An index entry without a record (a restored backup, a hand in the store) would come up in every round.
-- But for `kept`: files outlive their job's record.
local function drop(id)
  for _, name in ipairs({ 'delayed', 'leases', 'expiry', 'done', 'dead', 'outbox', 'released' }) do
    redis.call('ZREM', keys[name](), id)
  end
end

-- ---- the files of children, which go soon once no job needs them

-- Those of a dead letter stay, for who looks at it or runs it again; and those of a job that a client asked for too.
local function release(job, state)
  if job.is_child ~= '1' or state ~= 'SUCCESS' and state ~= 'REVOKED' or job.files_expired_ms then return end
  if redis.call('EXISTS', keys.askers(job.id), keys.parents(job.id)) == 0 then
    redis.call('ZADD', keys.released(), text(now), job.id)
  end
end

-- ---- leaving one state and entering another: the indexes follow the record

local function leave(job)
  if job.state == 'PENDING' then
    leave_line(job)
  elseif job.state == 'RETRY' then
    redis.call('ZREM', keys.delayed(), job.id)
    if job.poll_at_ms then redis.call('ZREM', keys.polls(job.service), job.id) end
    count(job.queue, 'retry', -1)
  elseif RUNNING[job.state] then
    redis.call('ZREM', keys.leases(), job.id)
    count(job.queue, 'running', -1)
  elseif job.state == 'FAILURE' then
    redis.call('ZREM', keys.dead(), job.id)
    redis.call('ZREM', keys.dead_of(job.owner), job.id)
    count(job.queue, 'dead', -1)
  else
    redis.call('ZREM', keys.done(), job.id)
  end
end

local function release_dedupe(job)
  if not job.dedupe_key then return end
  local key = keys.dedupe(job.owner, job.dedupe_key)
  if redis.call('GET', key) == job.id then redis.call('DEL', key) end
end

-- ---- what jobs are about, where their service tells that: the dedupe key is its digest (store/identities.py)

-- The job that is found by what this one is about, before anything is written.
local function known_by_identity(job)
  local id = job.identified and redis.call('GET', keys.identified(job.dedupe_key, job.owner))
  return id and id ~= job.id and read(id) or nil
end

-- One that is cancelled and still runs leaves its place to the next.
local function unfinished(job) return not FINAL[job.state] and job.state ~= 'CANCELLING' end

-- The unfinished job of an owner about the same, else the latest, is found by that, and in the list of those of the
-- service. other: as above.
local function identify(job, other)
  if not job.identified then return end
  if other and not unfinished(job) and (unfinished(other) or place(other) > place(job)) then return end
  local line = keys.identities(job.service, job.owner)
  if other then redis.call('ZREM', line, place(other)) end
  redis.call('SET', keys.identified(job.dedupe_key, job.owner), job.id)
  redis.call('ZADD', line, 0, place(job))
end

local function forget_identity(job)
  if not job.identified then return end
  local key = keys.identified(job.dedupe_key, job.owner)
  if redis.call('GET', key) == job.id then redis.call('DEL', key) end
  redis.call('ZREM', keys.identities(job.service, job.owner), place(job))
end

-- Another unfinished job of the owner is about the same.
local function has_rival(job)
  local id = job.identified and redis.call('GET', keys.dedupe(job.owner, job.dedupe_key))
  local other = id and id ~= job.id and read(id)
  return other and not FINAL[other.state]
end

-- The count of a day is read on that day; a reader's clock may be behind.
local COMPLETED_S = 172800

local function enter(job, state)
  if state == 'PENDING' then
    join_line(job)
    ticket(job.queue, job.id .. ':' .. text(job.version))
  elseif state == 'RETRY' then
    redis.call('ZADD', keys.delayed(), text(job.due_ms), job.id)
    count(job.queue, 'retry', 1)
  elseif RUNNING[state] then
    redis.call('ZADD', keys.leases(), text(job.lease_ms), job.id)
    count(job.queue, 'running', 1)
  else
    redis.call('ZADD', state == 'FAILURE' and keys.dead() or keys.done(), text(now), job.id)
    if state == 'FAILURE' then
      redis.call('ZADD', keys.dead_of(job.owner), text(now), job.id)
      count(job.queue, 'dead', 1)
    elseif state == 'SUCCESS' then
      redis.call('INCR', keys.completed(job.queue, today))
      redis.call('EXPIRE', keys.completed(job.queue, today), COMPLETED_S)
    end
    redis.call('ZADD', keys.kept(), text(now), job.id)
    redis.call('ZADD', keys.outbox(), text(now), job.id)
    if redis.call('EXISTS', keys.children(job.id)) == 1 then redis.call('ZADD', keys.orphans(), text(now), job.id) end
    -- One that failed, or was cancelled, may be run again, and needs what its children made.
    if state == 'SUCCESS' and redis.call('EXISTS', keys.asked(job.id)) == 1 then
      redis.call('ZADD', keys.spent(), text(now), job.id)
    end
    release(job, state)
    if state ~= 'SUCCESS' or job.keep_dedupe ~= '1' then release_dedupe(job) end
  end
end

local HISTORY_BYTES = 16384

-- One line of JSON per attempt; the oldest lines go first. attempt: the number it ran under; one that is handed back
-- gives its number to the next.
local function with_attempt(job, attempt, outcome, code, message)
  local line = cjson.encode({ attempt = attempt, worker = job.worker or '', started_ms = job.started_ms or now,
    ended_ms = now, outcome = outcome, error_code = code, error_message = message })
  local history = (job.history and (job.history .. '\n') or '') .. line
  while #history > HISTORY_BYTES and history:find('\n', 1, true) do
    history = history:sub(history:find('\n', 1, true) + 1)
  end
  return history
end

-- What a job's public event says of its new state.
local function tell_state(job, state, event, code, message)
  tell(job.id, 'state', cjson.encode({ status = state == 'CANCELLING' and 'STARTED' or state, event = event,
    attempt = job.attempt, priority = job.priority, error_code = code, error_message = message,
    due_ms = state == 'RETRY' and job.due_ms or nil }), FINAL[state] and 'end' or nil)
end

-- A job that asks to be run again and again (a poll) tells its story only when something changes.
local POLLING = { claim = true, later = true, due = true, wake = true }
local function quiet(event, state, polls, stage, set)
  if FINAL[state] or not POLLING[event] or polls == 0 then return false end
  return set.stage == nil or set.stage == (stage or '')
end

-- Move `job` along `event`. The caller has checked types, token and that the row exists.
-- `set` holds further fields of the record; false removes one.
local function transition(job, event, set)
  local was, ran, polls, stage = job.state, job.attempt, job.polls or 0, job.stage
  local state = MOVES[was][event]
  if state == was then reorder(job, tonumber(set.priority)) else leave(job) end

  local changes, gone = {}, {}
  local function change(name, value)
    if value then
      changes[#changes + 1] = name
      changes[#changes + 1] = value
    else
      gone[#gone + 1] = name
    end
    job[name] = NUMBERS[name] and tonumber(value) or value or nil
  end
  for name, value in pairs(set) do change(name, value) end
  change('version', text(job.version + 1))
  change('state', state)
  if RUNNING[was] and not RUNNING[state] then
    if event ~= 'later' or FINAL[state] then
      local outcome = state == 'REVOKED' and 'cancelled' or event
      change('history', with_attempt(job, ran, outcome, set.error_code or nil, set.error_message or nil))
    end
    -- One who did not hear the answer (a broken connection) may say the same end again.
    change('ended', (job.token or '') .. ' ' .. call.event)
    change('token', false)
    change('machine', false)
  end
  -- One that is woken keeps its age: what it waited for is done, and the job nearly so.
  if event == 'due' or event == 'redrive' then change('queued_ms', text(now)) end
  if was == 'RETRY' and state ~= was and job.poll_at_ms then
    change('poll_at_ms', false)
    change('poll_by', false)
  end
  if FINAL[state] then
    change('ended_ms', text(now))
    change('stop', false)
  end
  redis.call('HSET', keys.job(job.id), unpack(changes))
  if #gone > 0 then redis.call('HDEL', keys.job(job.id), unpack(gone)) end
  if state ~= was then enter(job, state) end
  if not quiet(event, state, polls, stage, set) then
    tell_state(job, state, event, set.error_code or nil, set.error_message or nil)
  end
end

-- ---- jobs that wait to be looked at, many by one attempt (store/polls.py)

-- See to it that the job which polls a service runs when something is due; one that is lost is the sweeper's matter.
local function call_poller(service, at_ms)
  local id = redis.call('HGET', keys.pollers(), service)
  local whole, poller = pcall(read, id or '')
  if not (whole and poller) then return end
  local due_ms = at_ms - LIMITS.poll_lead_ms
  if poller.state == 'STARTED' then
    -- It may have looked a moment ago, and be about to sleep for longer: its `later` hears this.
    redis.call('HSET', keys.job(id), 'poll_called_ms', text(math.min(due_ms, poller.poll_called_ms or due_ms)))
  end
  if poller.state ~= 'RETRY' then return end
  if due_ms >= poller.due_ms or not pcall(check_types, poller) then return end
  if due_ms <= now then return transition(poller, 'wake', {}) end
  redis.call('HSET', keys.job(id), 'due_ms', text(due_ms), 'version', text(poller.version + 1))
  redis.call('ZADD', keys.delayed(), text(due_ms), id)
end

-- A job that waits (RETRY) is to be looked at, unless it is paused; its record says when.
local function enlist(job)
  if job.poll_paused then return end
  redis.call('ZADD', keys.polls(job.service), text(job.poll_at_ms), job.id)
  call_poller(job.service, job.poll_at_ms)
end

-- Run an ended job again, with `set` as further fields. Its history stays; its request is its own again if it is free.
local function redrive(job, set)
  local namesake = known_by_identity(job)
  for _, name in ipairs({ 'failures', 'worker_losses', 'polls', 'progress', 'furthest', 'changes' }) do set[name] = '0' end
  for _, name in ipairs({ 'error_code', 'error_message', 'ended_ms', 'files', 'data', 'start_by_ms', 'files_expired_ms' }) do set[name] = false end
  set.redriven_ms = text(now)
  redis.call('ZREM', keys.outbox(), job.id)
  redis.call('ZREM', keys.kept(), job.id)
  redis.call('ZREM', keys.orphans(), job.id)
  redis.call('ZREM', keys.released(), job.id)
  if job.dedupe_key then redis.call('SET', keys.dedupe(job.owner, job.dedupe_key), job.id, 'NX') end
  transition(job, 'redrive', set)
  identify(job, namesake)
end

-- The parents of a job that is about to end, read and checked before the first write.
local function parents_of(job)
  local parents = {}
  for _, id in ipairs(redis.call('SMEMBERS', keys.parents(job.id))) do
    local parent = read(id) or { id = id }  -- it was forgotten, and its set of children outlives it
    if parent.state then check_types(parent) else expect(keys.children(id), 'set') end
    parents[#parents + 1] = parent
  end
  return parents
end

-- How far a parent is that waits for its children: as many of them as have ended. `waits` says how many it has asked
-- for, its progress before the first and after the last one's end, and what it says meanwhile, if it has own words.
local function tell_wait(parent)
  local count, from, to, note = parent.waits:match('^(%d+) (%S+) (%S+) ?(.*)$')
  if not count then return end
  local open = redis.call('SCARD', keys.children(parent.id))
  local ended = math.max(count - open, 0)
  local percent = tonumber(string.format('%.1f', from + (to - from) * ended / count))
  local stage = note ~= '' and note or string.format('%d of %d parts are done', ended, count)
  parent.version = parent.version + 1
  redis.call('HSET', keys.job(parent.id), 'progress', string.format('%.14g', percent), 'stage', stage,
    'version', text(parent.version))
  parent.stage = stage
  tell(parent.id, 'progress', cjson.encode({ progress = percent, stage = stage, attempt = parent.attempt }))
end

-- A child's end tells a parent that waits for it, and the last one's wakes it; one that waits for its next try goes on
-- waiting.
local function tell_parents(job, parents)
  redis.call('DEL', keys.parents(job.id))
  for _, parent in ipairs(parents) do
    local left = redis.call('SREM', keys.children(parent.id), job.id) == 1
    local last = left and redis.call('EXISTS', keys.children(parent.id)) == 0
    if left and parent.state == 'RETRY' and parent.waits then
      tell_wait(parent)
      if last then transition(parent, 'wake', {}) end
    end
    if last and not parent.state then redis.call('ZREM', keys.orphans(), parent.id) end
  end
end

-- Wake those who stand where turns are free now; who comes before the next one is due is told of that time.
local function call_next(name)
  local at_once, next_ms, interval_ms = unpack(redis.call('HMGET', keys.shared(name), 'at_once', 'next_ms', 'interval_ms'))
  if not at_once then return end
  local free = math.min(at_once - redis.call('HLEN', keys.holders(name)), LIMITS.turns_at_once)
  if free <= 0 then return end
  for place, id in ipairs(redis.call('ZRANGE', keys.line(name), 0, free - 1)) do
    -- A spoilt record must not cost the one before it its end.
    local whole, job = pcall(read, id)
    if whole and job and job.state == 'RETRY' and not job.waits and pcall(check_types, job) then
      local due_ms = (tonumber(next_ms) or now) + (place - 1) * (tonumber(interval_ms) or 0)
      if due_ms <= now then
        transition(job, 'wake', {})
        redis.call('ZADD', keys.asking(name), text(now + LIMITS.place_ms), id)
      elseif due_ms < job.due_ms then
        redis.call('HSET', keys.job(id), 'due_ms', text(due_ms), 'version', text(job.version + 1))
        redis.call('ZADD', keys.delayed(), text(due_ms), id)
      end
    end
  end
end

-- An attempt holds its turns no longer than it runs, and an ended job waits for none.
local function leave_turns(job, ends)
  local kept = {}
  for _, name in ipairs(turns_of(job)) do
    local held = redis.call('HDEL', keys.holders(name), job.id) == 1
    if ends then leave_turn_line(name, job.id) end
    if held or ends then call_next(name) else kept[#kept + 1] = name end
  end
  if #kept > 0 then
    redis.call('HSET', keys.job(job.id), 'turns', cjson.encode(kept))
  else
    redis.call('HDEL', keys.job(job.id), 'turns')
  end
end

-- Move a job that may end by it, and tell its parents when it does.
local function move(job, event, set)
  local to = MOVES[job.state][event]
  local ends, stops = FINAL[to], RUNNING[job.state] and not RUNNING[to]
  local parents = ends and parents_of(job) or {}
  for _, name in ipairs(turns_of(job)) do check_turn(name) end
  transition(job, event, set)
  if ends then tell_parents(job, parents) end
  if job.turns and (ends or stops) then leave_turns(job, ends) end
end
