#!lua flags=allow-oom
-- The files of a finished job are over: its record says so, before they are deleted.
--
-- ARGV[1]  JSON: id, ended_ms (the job's end as the caller knows it); optional released (they are over only if no job
--          has come meanwhile that needs them)
-- Returns  expired (also when it was said before) | alive (not finished, ended again since, or needed again) | none

local job = read(call.id)
if not job then return 'none' end
if not FINAL[job.state] or job.ended_ms > call.ended_ms then return 'alive' end
if call.released and not redis.call('ZSCORE', keys.released(), call.id) then return 'alive' end
if job.files_expired_ms then return 'expired' end
expect(keys.events(job.id), 'stream')
if job.dedupe_key then expect(keys.dedupe(job.owner, job.dedupe_key), 'string') end

release_dedupe(job)
redis.call('HSET', keys.job(job.id), 'files_expired_ms', text(now), 'version', text(job.version + 1))
redis.call('DEL', keys.parts(job.id))
ring(job.id, 'state')
return 'expired'
