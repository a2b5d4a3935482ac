#!lua
-- Bring an ended job back from what its files keep of it, unless the record says more. No row of the table: the end
-- was reached before, and is only told again. Nothing is run, nothing is put into the outbox.
--
-- ARGV[1]  JSON: id, record (name -> text of every field), parts (name -> artifact, as text), offset_ms; optional old
--          (the time of its record is over: where there is none, none is made)
-- Returns  { outcome, state }; outcome is
--          new (there was no record) | ended (it waited, ran, or had an older end) |
--          settled (it has this very end, and waited to be written to the files) |
--          known (it has this end, a later one, or was redriven since; its id stands for another request; or it was
--          purged, and its files are only not gone yet) | old (there was no record, and is none)

local record = call.record
local ended_ms, created_ms = tonumber(record.ended_ms), tonumber(record.created_ms)
if not FINAL[record.state] or not ended_ms or not created_ms then error({ err = 'ERR job ' .. call.id .. ' has not ended' }) end
local job = { id = call.id, state = record.state, owner = record.owner, queue = record.queue, priority = tonumber(record.priority),
  attempt = tonumber(record.attempt), dedupe_key = record.dedupe_key, service = record.service,
  created_ms = created_ms, identified = record.identified }
expect(keys.job(job.id), 'hash')
expect(keys.parts(job.id), 'hash')
check_types(job)

local known = read(job.id)
if known then
  check_types(known)
  local version = tonumber(record.version)
  if FINAL[known.state] and known.version == version then
    return { redis.call('ZREM', keys.outbox(), job.id) == 1 and 'settled' or 'known', known.state }
  end
  local newer = version > known.version or (version == known.version and not FINAL[known.state])
  -- A job that came again under its id (derived from an Idempotency-Key, or from its parent) after the store was lost
  -- begins at version 1; it must be the same request.
  if not newer or (known.redriven_ms or 0) > ended_ms or known.request_hash ~= record.request_hash then
    return { 'known', known.state }
  end
elseif call.old then
  return { 'old', record.state }
elseif tonumber(redis.call('ZSCORE', keys.kept(), job.id) or 1) == 0 then
  return { 'known', record.state }
end
local parents = known and not FINAL[known.state] and parents_of(known) or {}

-- Of the successes that can stand for a request the youngest does, whatever the order in which they come back.
local stands = record.state == 'SUCCESS' and record.keep_dedupe == '1' and not record.files_expired_ms and job.dedupe_key
if stands then
  local other = redis.call('GET', keys.dedupe(job.owner, job.dedupe_key))
  local twin = other and other ~= job.id and read(other)
  stands = not twin or (FINAL[twin.state] and twin.created_ms < created_ms)
end
local namesake = known_by_identity(job)

if known then
  leave(known)
  release_dedupe(known)
  forget_identity(known)
  redis.call('ZREM', keys.index(), place(known))
  redis.call('ZREM', keys.owned(known.owner), place(known))
  redis.call('ZREM', keys.outbox(), job.id)
  redis.call('DEL', keys.job(job.id), keys.parts(job.id))
end
local fields = {}
for name, value in pairs(record) do
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
redis.call('HSET', keys.job(job.id), unpack(fields))
for name, artifact in pairs(call.parts) do redis.call('HSET', keys.parts(job.id), name, artifact) end
redis.call('ZADD', keys.index(), 0, place(job))
redis.call('ZADD', keys.owned(job.owner), 0, place(job))
identify(job, namesake)
if record.state == 'FAILURE' then
  redis.call('ZADD', keys.dead(), text(ended_ms), job.id)
  redis.call('ZADD', keys.dead_of(job.owner), text(ended_ms), job.id)
  count(job.queue, 'dead', 1)
else
  redis.call('ZADD', keys.done(), text(ended_ms), job.id)
end
if not record.files_expired_ms then redis.call('ZADD', keys.kept(), text(ended_ms), job.id) end
if stands then redis.call('SET', keys.dedupe(job.owner, job.dedupe_key), job.id) end
if redis.call('EXISTS', keys.children(job.id)) == 1 then redis.call('ZADD', keys.orphans(), text(now), job.id) end
if record.state == 'SUCCESS' and redis.call('EXISTS', keys.asked(job.id)) == 1 then
  redis.call('ZADD', keys.spent(), text(now), job.id)
end
tell_state(job, record.state, 'adopt', record.error_code, record.error_message)
tell_parents(job, parents)
return { known and 'ended' or 'new', record.state }
