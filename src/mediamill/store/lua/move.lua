#!lua flags=allow-oom
-- Move one job along the table, for every event that has no script of its own.
--
-- ARGV[1]  JSON: id, event, offset_ms; optional token (must be the record's), due_in_ms (retry, later),
--          waits (later, for children: how many, the progress before the first and after the last one's end, and maybe
--          a stage, as "3 0 90 recording"), stopping (later: the attempt knew that it is to stop), drop_parts (succeed: what was published has
--          no name any more), priority (prioritise), poll (later: the job is to be looked at after so many ms, and is due
--          due_in_ms after that, should nobody look), set (further fields of the record; false removes one)
--          A parent that waits, and has waited for other children over and over, fails instead: CHILD_CHANGED.
-- Returns  { outcome, state, waiting (jobs in its queue, when it moved) }; outcome is moved | unchanged (no row, or its time has not come) | stale | none;
--          an attempt that says its end again hears moved again

local job = read(call.id)
if not job then
  drop(call.id)
  return { 'none', '' }
end
local event = call.event
if call.token and job.token ~= call.token then
  return { job.ended == call.token .. ' ' .. event and 'moved' or 'stale', job.state }
end

local lease_ms = tonumber(redis.call('ZSCORE', keys.leases(), job.id) or now)
local losses = job.worker_losses or 0
if event == 'lose' and losses + 1 >= LIMITS.worker_losses then
  event = 'poison'
elseif event == 'lose' and losses + 2 == LIMITS.worker_losses then
  event = 'suspect'
end

-- A parent may ask for other children than before: it was cut anew by a later version. One that does so each time would
-- ask for new ones for ever.
local strays
if event == 'later' and call.waits and job.state == 'STARTED' then
  expect(keys.asked(job.id), 'set')
  strays = redis.call('SCARD', keys.asked(job.id)) - tonumber(call.waits:match('^%d+'))
  if strays <= (job.strays or 0) then strays = nil end
  if strays and (job.changes or 0) >= LIMITS.changes then event = 'fail' end
end

local too_early = {
  due = function() return job.due_ms > now end,
  expire = function() return not job.start_by_ms or job.start_by_ms > now end,
  lose = function() return not call.token and lease_ms > now end,
}
too_early.suspect, too_early.poison = too_early.lose, too_early.lose
if not MOVES[job.state][event] then return { 'unchanged', job.state } end
if event == 'redrive' and has_rival(job) then return { 'unchanged', job.state } end
if too_early[event] and too_early[event]() then return { 'unchanged', job.state } end
check_types(job)
if call.poll then
  expect(keys.polls(job.service), 'zset')
  expect(keys.pollers(), 'hash')
end
if event == 'redrive' and job.files_expired_ms then
  local uploads = redis.call('HGET', keys.job(job.id), 'uploads') or '{}'
  if uploads ~= '{}' then return { 'unchanged', job.state } end  -- it has nothing to work on any more
end

local set = call.set or {}
local function lost(message)
  set.worker_losses = text(losses + 1)
  set.error_code = 'WORKER_LOST'
  set.error_message = message
end

local effects = {
  succeed = function()
    set.progress = '100'
    set.error_code, set.error_message = false, false
    if call.drop_parts then set.published = false end
  end,
  retry = function()
    set.due_ms = text(now + call.due_in_ms)
    set.failures = text((job.failures or 0) + 1)
    set.worker_losses, set.polls, set.waits = '0', '0', false
  end,
  fail = function()
    set.failures = text((job.failures or 0) + 1)
    if strays then
      set.error_code = 'CHILD_CHANGED'
      set.error_message = string.format('it asked for other children than before, for the %d. time', job.changes + 1)
    end
  end,
  later = function()
    -- With no open child left to wake it, a parent is due at once; and one that has not heard yet that it is to stop.
    local unheard = job.stop and not call.stopping
    local ready = unheard or call.waits and redis.call('EXISTS', keys.children(job.id)) == 0
    set.due_ms = text(ready and now or now + call.due_in_ms)
    if job.poll_called_ms then
      set.due_ms = text(math.min(tonumber(set.due_ms), math.max(now, job.poll_called_ms)))
      set.poll_called_ms = false
    end
    set.waits = call.waits or false
    if call.poll then
      -- What clients wish of it has changed while it ran, which it may not have seen.
      local changed = redis.call('HGET', keys.job(job.id), 'poll_changed')
      set.poll_at_ms = text(changed and now or now + call.poll)
      set.poll_wait_ms = text(call.due_in_ms)
      set.poll_changed, set.poll_tries = false, false
      -- One that waits for children, too, looks after them as soon as any other.
      if not (ready or call.waits) then set.due_ms = text(set.poll_at_ms + call.due_in_ms) end
    end
    if strays then set.strays, set.changes = text(strays), text((job.changes or 0) + 1) end
    set.attempt = text(job.attempt - 1)
    set.polls = text((job.polls or 0) + 1)
    set.worker_losses = '0'
  end,
  hand_back = function() set.attempt = text(job.attempt - 1) end,
  lose = function() lost('the worker process died or lost its lease') end,
  suspect = function()
    lost('the worker process died or lost its lease, again')
    -- The token is random, which a script's own numbers are not.
    set.due_ms = text(now + (tonumber((job.token or ''):sub(1, 8), 16) or 0) % LIMITS.suspect_ms)
    set.waits = false
  end,
  poison = function() lost(string.format('%d worker processes in a row died with this job', losses + 1)) end,
  cancel = function() job.lease_ms = lease_ms end,
  expire = function()
    set.error_code = 'EXPIRED'
    set.error_message = 'the job did not start before its deadline'
  end,
  prioritise = function() set.priority = text(call.priority) end,
}

if job.state == 'CANCELLING' then
  set = {}  -- once cancelled, the attempt's own verdict no longer counts
elseif effects[event] then
  effects[event]()
end
if event == 'redrive' then
  redrive(job, { is_child = job.is_child and '0', tied = job.tied and '0' })  -- a person asked for it, who is no parent
else
  move(job, event, set)
  if event == 'later' and job.state == 'RETRY' and job.waits then tell_wait(job) end
  if event == 'later' and job.state == 'RETRY' and call.poll then enlist(job) end
  if call.drop_parts and job.state == 'SUCCESS' then redis.call('DEL', keys.parts(job.id)) end
end
return { 'moved', job.state, redis.call('ZCARD', keys.ages(job.queue)) }
