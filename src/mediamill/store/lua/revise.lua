#!lua flags=allow-oom
-- Put other files in the place of a finished job's: a client has changed what the job made. So it is no longer what its
-- request makes, and stands for no repeat of it; the same Idempotency-Key still leads to it.
--
-- ARGV[1]  JSON: id, version (of the record that the caller has read), files (all of them, as text)
-- ARGV[2+] the event of each new file, as text
-- Returns  { outcome, state }; outcome is moved | unchanged (it has not succeeded, or its files are over) |
--          stale (the record has changed since it was read) | none

local job = read(call.id)
if not job then return { 'none', '' } end
if job.state ~= 'SUCCESS' or job.files_expired_ms then return { 'unchanged', job.state } end
if job.version ~= call.version then return { 'stale', job.state } end
expect(keys.events(job.id), 'stream')
expect(keys.outbox(), 'zset')
if job.dedupe_key then expect(keys.dedupe(job.owner, job.dedupe_key), 'string') end

release_dedupe(job)
redis.call('HDEL', keys.job(job.id), 'keep_dedupe')
redis.call('HSET', keys.job(job.id), 'files', call.files, 'version', text(job.version + 1))
redis.call('ZADD', keys.outbox(), text(now), job.id)
for place = 2, #ARGV do tell(job.id, 'artifact', ARGV[place], 'state') end
return { 'moved', job.state }
