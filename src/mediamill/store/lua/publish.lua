#!lua flags=allow-oom
-- Name a part of a running job's result, so that clients can read it before the end.
--
-- ARGV[1]  JSON: id, token, name, artifact (a JSON object as text), facts (the event, as text), offset_ms
-- Returns  1, or 0 when the attempt is not the record's any more

local job = read(call.id)
if not job or job.token ~= call.token or job.state ~= 'STARTED' then return 0 end
expect(keys.parts(call.id), 'hash')
expect(keys.events(call.id), 'stream')
redis.call('HSET', keys.parts(call.id), call.name, call.artifact)
redis.call('HSET', keys.job(call.id), 'version', text(job.version + 1), 'worker_losses', '0',
  'published', '1')
tell(call.id, 'artifact', call.facts)
return 1
