#!lua flags=allow-oom
-- Take kept files away: nobody finds them any more, and who has their folder at hand removes them.
--
-- ARGV[1]  JSON: offset_ms; and ids (500 at most), or job (all that it kept)
-- Returns  how many

local ids = call.ids or redis.call('HVALS', keys.library_of(call.job))
local rows = {}
for _, id in ipairs(ids) do
  local row = row_of(id)
  if row then
    check_library(row)
    rows[id] = row
  end
end
local count = 0
for id, row in pairs(rows) do
  doom_row(id, row)
  count = count + 1
end
return count
