#!lua
-- Accept a request: name it, write its record, put it in line, push its ticket. One move or none.
--
-- ARGV[1]  JSON: id, owner, queue, priority, offset_ms; optional dedupe_key, identified (its service's name: the dedupe
--          key is the digest of what the job is about, and its owner has no other unfinished one), keep_dedupe, force, cache_ttl_ms,
--          idempotency (a key's hash), request_hash, start_in_ms, parent, parent_token, seen (a done job whose files
--          are there: only such a one may stand for an Idempotency-Key);
--          waiting_limit (a new job is refused when so many would come before it);
--          tied (with a parent: a job in its own right, whose files are not its parent's; only its life is tied to it);
--          known (with a parent: only a job that is there already may stand for the request; then ARGV[2+] are not
--          needed, nor is queue);
--          accepted_ms (Unix ms: it was accepted then, elsewhere, under this id, while the store was away: it
--          becomes a job of its own, whatever stands for its request by now) and with it cancelled
-- ARGV[2+] further fields of the record, name and value in turn
-- Returns  { outcome, id, state }; outcome is new | alive | cached | replay | reused | stale | cycle | full | unknown
--          | expired
--          (alive, cached: the request is that job's; reused: the Idempotency-Key or the id came with
--          another request; stale: the parent's attempt is over; cycle: that job waits for the parent itself;
--          full: with a fourth value, for how many ms the oldest of the queue waits; unknown: there is none, and
--          known asks for no other; expired: the parent asked for that job before, and the files are gone: another has
--          to make them again)

-- The parent needs what the job makes, or has made.
local function need(id)
  if not call.parent then return end
  redis.call('SADD', keys.asked(call.parent), id)
  redis.call('SADD', keys.askers(id), call.parent)
  redis.call('ZREM', keys.released(), id)
end

-- And waits for it.
local function adopt(id)
  if not call.parent then return end
  if not call.tied then need(id) end
  redis.call('SADD', keys.parents(id), call.parent)
  redis.call('SADD', keys.children(call.parent), id)
end

-- A client has come to a job that only other jobs had asked for: it is the client's as well, from now on.
local function give_to_client(job)
  if call.parent or job.is_child ~= '1' and job.tied ~= '1' then return end
  redis.call('HSET', keys.job(job.id), 'is_child', '0', 'tied', '0', 'version', text(job.version + 1))
  redis.call('ZREM', keys.released(), job.id)
  if FINAL[job.state] then redis.call('ZADD', keys.outbox(), text(now), job.id) end
end

-- Whether `id` is the asking parent or waits for it, over any number of parents between: then the parent must not
-- wait for it. nil when it has more than 500 such parents.
local function awaits_caller(id)
  local line, seen = { call.parent }, { [call.parent] = true }
  for place = 1, 500 do
    if not line[place] then return false end
    if line[place] == id then return true end
    for _, parent in ipairs(redis.call('SMEMBERS', keys.parents(line[place]))) do
      if not seen[parent] then
        seen[parent] = true
        line[#line + 1] = parent
        if #line > 500 then return nil end
      end
    end
  end
end

local function remember(id)
  if call.idempotency then
    redis.call('SET', keys.idempotency(call.idempotency), call.request_hash .. ' ' .. id, 'PX', LIMITS.idempotency_ms)
  end
end

-- 1. Seen this Idempotency-Key, or this very id?
local known
local standing  -- who stood for a replayed request already
if call.idempotency then
  local value = redis.call('GET', keys.idempotency(call.idempotency))
  local hash, id
  if value then hash, id = value:match('^(%S*) (%S+)$') end
  if id and call.accepted_ms and id ~= call.id then
    standing = hash == call.request_hash and id or nil
  elseif id then
    known = read(id)
    if hash ~= call.request_hash then return { 'reused', id, known and known.state or '' } end
    -- That job was removed. A late repeat of the call must not do its work again: it hears what the first one heard.
    if not known then return { 'replay', id, 'PENDING' } end
  end
end
if not known then
  known = read(call.id)
  if known and known.request_hash ~= call.request_hash then return { 'reused', known.id, known.state } end
end

local parent
if call.parent then
  parent = read(call.parent)
  if not parent or not parent.token or parent.token ~= call.parent_token then return { 'stale', call.id, '' } end
  expect(keys.children(call.parent), 'set')
  expect(keys.asked(call.parent), 'set')
end
if known then
  if parent and call.tied then
    check_types(known)
    if not FINAL[known.state] then adopt(known.id) end
  elseif parent then
    check_types(known)
    -- A parent that was redriven wants what failed or was cancelled before that to be tried again too; and so does one
    -- that had let a child go, and comes back to it.
    local again = MOVES[known.state].redrive and not has_rival(known) and (known.ended_ms <= (parent.redriven_ms or 0)
      or redis.call('HGET', keys.job(known.id), 'error_code') == 'PARENT_ENDED')
    if known.files_expired_ms and (again or known.state == 'SUCCESS') then return { 'expired', known.id, known.state } end
    if again then redrive(known, {}) end
    if FINAL[known.state] then need(known.id) else adopt(known.id) end
  end
  return { 'replay', known.id, known.state }
end

-- 2. Is a job alive, or done not long ago, that stands for this request?
local taken = false  -- another job has the name of this request
if call.dedupe_key then
  local id = redis.call('GET', keys.dedupe(call.owner, call.dedupe_key))
  local twin = id and not call.force and read(id)
  if twin then
    check_types(twin)
    local done = twin.state == 'SUCCESS' and now - twin.ended_ms < call.cache_ttl_ms
    local alive = not FINAL[twin.state] and twin.state ~= 'CANCELLING'
    if call.accepted_ms then
      taken = done or alive
      standing = taken and id or standing
      alive = false
    elseif done then
      if call.seen == id then remember(id) end
      if not call.tied then need(id) end
      give_to_client(twin)
      return { 'cached', id, twin.state }
    end
    if alive and call.parent then
      local awaits = awaits_caller(id)
      if awaits then return { 'cycle', id, twin.state } end
      -- A child with a full set of parents (each is told of its end in one move) makes room for a twin.
      alive = awaits == false and redis.call('SCARD', keys.parents(id)) < LIMITS.parents
    end
    if alive then
      if twin.priority < call.priority then
        reorder(twin, call.priority)
        twin.version = twin.version + 1
        redis.call('HSET', keys.job(id), 'priority', text(call.priority), 'version', text(twin.version))
      end
      give_to_client(twin)
      adopt(id)
      remember(id)
      return { 'alive', id, twin.state }
    end
  end
end

if call.known then return { 'unknown', call.id, '' } end

-- 3. Is there room for a new one? Asked last: a repeat of what is there already is never refused. Owners come in turn,
-- so no more than one of each other owner's jobs comes before each of its own.
local function jobs_before()
  local own = redis.call('ZCARD', keys.waiting(call.queue, call.owner))
  local others = redis.call('ZCARD', keys.turns(call.queue)) - (own > 0 and 1 or 0)
  return math.min(redis.call('ZCARD', keys.ages(call.queue)), own + others * (own + 1))
end
if call.waiting_limit and jobs_before() >= call.waiting_limit then
  local oldest = redis.call('ZRANGE', keys.ages(call.queue), 0, 0, 'WITHSCORES')
  return { 'full', call.id, '', text(math.max(0, now - (tonumber(oldest[2]) or now))) }
end

-- 4. A new job. The clock of a node that accepted it may be ahead of the store's.
local accepted_ms = math.min(call.accepted_ms or now, now)
local job = { id = call.id, state = 'PENDING', service = call.identified, owner = call.owner, queue = call.queue, priority = call.priority,
  queued_ms = accepted_ms, created_ms = accepted_ms, attempt = 0, version = 1, dedupe_key = call.dedupe_key,
  identified = call.identified and '1',
  start_by_ms = call.start_in_ms and (accepted_ms + call.start_in_ms) }
check_types(job)
local namesake = known_by_identity(job)
local fields = { 'state', 'PENDING', 'owner', job.owner, 'queue', job.queue, 'priority', text(job.priority),
  'queued_ms', text(accepted_ms), 'created_ms', text(accepted_ms), 'version', '1' }
local function field(name, value)
  if value then
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
end
field('dedupe_key', call.dedupe_key)
field('identified', job.identified)
field('keep_dedupe', call.keep_dedupe and '1')
field('request_hash', call.request_hash)
field('start_by_ms', job.start_by_ms and text(job.start_by_ms))
field('is_child', call.parent and not call.tied and '1')
field('tied', call.parent and call.tied and '1')
field('duplicate_of', standing)
for i = 2, #ARGV do fields[#fields + 1] = ARGV[i] end

redis.call('HSET', keys.job(job.id), unpack(fields))
redis.call('ZADD', keys.index(), 0, place(job))
redis.call('ZADD', keys.owned(job.owner), 0, place(job))
if not taken then identify(job, namesake) end
if job.dedupe_key and not taken then
  -- Whoever holds an answer of the one before is told that another stands for the request now.
  local before = redis.call('SET', keys.dedupe(job.owner, job.dedupe_key), job.id, 'GET')
  if before then ring(before, 'state') end
end
adopt(job.id)
if not standing then remember(job.id) end
enter(job, 'PENDING')
tell_state(job, 'PENDING', 'submit')
-- What was cancelled, or came too late, while the store was away: no worker may see it waiting.
if call.cancelled then
  move(job, 'cancel', {})
elseif call.identified and taken then
  move(job, 'cancel', { error_code = 'DUPLICATE', error_message = 'the job ' .. standing .. ' is about the same, and is not finished' })
elseif call.accepted_ms and job.start_by_ms and job.start_by_ms <= now then
  move(job, 'expire', { error_code = 'EXPIRED', error_message = 'the job did not start before its deadline' })
end
return { 'new', job.id, job.state }
