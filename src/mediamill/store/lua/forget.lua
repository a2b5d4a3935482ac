#!lua flags=allow-oom
-- Remove everything of a finished job: record, streams, every index entry but `kept`, for its files have a time of
-- their own.
--
-- ARGV[1]  JSON: id; optional min_age_ms (not while it is younger, or its end is not written to the files yet),
--          purge (its files are ordered removed)
-- Returns  { outcome, state }; outcome is moved | unchanged (not finished, or too young) | none

local job = read(call.id)
if not job then
  expect(keys.kept(), 'zset')
  drop(call.id)
  if call.purge then redis.call('ZADD', keys.kept(), 'XX', 0, call.id) end
  return { 'none', '' }
end
if not MOVES[job.state].forget then return { 'unchanged', job.state } end
if call.min_age_ms and now - (job.ended_ms or 0) < call.min_age_ms then return { 'unchanged', job.state } end
check_types(job)
if call.min_age_ms and redis.call('ZSCORE', keys.outbox(), job.id) then return { 'unchanged', job.state } end

leave(job)
release_dedupe(job)
forget_identity(job)
redis.call('ZREM', keys.index(), place(job))
redis.call('ZREM', keys.owned(job.owner), place(job))
redis.call('ZREM', keys.outbox(), job.id)
-- Where the files went before, their story beside them is all that is left of it.
if call.purge or job.files_expired_ms then redis.call('ZADD', keys.kept(), 0, job.id) end
-- Children that are still open outlive the record: the sweeper tells them, and then their set is empty.
if redis.call('EXISTS', keys.children(job.id)) == 0 then redis.call('ZREM', keys.orphans(), job.id) end
redis.call('ZREM', keys.released(), job.id)
if redis.call('EXISTS', keys.asked(job.id)) == 1 then redis.call('ZADD', keys.spent(), text(now), job.id) end
redis.call('DEL', keys.askers(job.id), keys.job(job.id), keys.events(job.id), keys.log(job.id), keys.parts(job.id), keys.parents(job.id))
ring(job.id, 'end')
return { 'moved', job.state }
