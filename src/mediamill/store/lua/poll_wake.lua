#!lua flags=allow-oom
-- Let a job run that was looked at.
--
-- ARGV[1]  JSON: id, by (who took it), offset_ms; optional facts (JSON, as text)
-- Returns  { outcome, state }; outcome is moved | unchanged (it has moved on, was changed, or taken by another since) | none

local job = read(call.id)
if not job then return { 'none', '' } end
if job.state ~= 'RETRY' or redis.call('HGET', keys.job(job.id), 'poll_by') ~= call.by then return { 'unchanged', job.state } end
check_types(job)
transition(job, 'wake', { poll_facts = call.facts, poll_tries = false })
return { 'moved', job.state }
