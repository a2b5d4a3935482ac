#!lua flags=allow-oom
-- A file is in its folder: from now on its owner finds it.
--
-- ARGV[1]  JSON: id (of the file), row (JSON as text, see _library.lua), offset_ms; optional token (of the attempt that
--          keeps it; without one it is a file that lay there)
-- Returns  kept | taken (another file has this name) | stale (the job is another attempt's; without a token: it was
--          cancelled, and the file has to go)

local row = cjson.decode(call.row)
if call.token then
  local job = read(row.job)
  if not job or job.token ~= call.token or job.state ~= 'STARTED' then return 'stale' end
end
local before = row_of(call.id)
local ours = before and before.job == row.job and before.asked == row.asked
if before and (not ours or not call.token and before.folder ~= row.folder) then return 'taken' end

-- What the job kept for the same name elsewhere: on another machine, in an attempt before this one.
local other_id = redis.call('HGET', keys.library_of(row.job), row.asked)
local other = other_id and other_id ~= call.id and row_of(other_id) or nil
if other and not call.token then return 'taken' end
for _, each in ipairs({ row, before or row, other or row }) do check_library(each) end
if not call.token then
  local whole, job = pcall(read, row.job)
  if whole and job and job.state == 'REVOKED' then
    if before then leave_library(call.id, before) end
    order_away(call.id, row)  -- who kept it died before it was noted
    return 'stale'
  end
end

if before and before.folder ~= row.folder then
  doom_row(call.id, before)
elseif before then
  leave_library(call.id, before)
end
if other then doom_row(other_id, other) end
enter_library(call.id, row, call.row)
return 'kept'
