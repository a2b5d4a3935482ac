#!lua flags=allow-oom
-- Ask a running job to finish early and keep what there is.
--
-- ARGV[1]  JSON: id
-- Returns  { outcome, state }; outcome is moved | unchanged (it is not running) | none

local job = read(call.id)
if not job then return { 'none', '' } end
if job.state ~= 'STARTED' then return { 'unchanged', job.state } end
redis.call('HSET', keys.job(call.id), 'stop', '1', 'version', text(job.version + 1))
return { 'moved', job.state }
