#!lua flags=allow-oom
-- Files are not in their folder any more: they were removed, by us or by hand.
--
-- ARGV[1]  JSON: folder, ids (500 at most), kept_ms (of each: one that was kept again since is there), offset_ms
-- Returns  how many had a row, or were to be removed

expect(keys.library_dying(call.folder), 'hash')
local count = 0
for i, id in ipairs(call.ids) do
  local row = row_of(id)
  if row and row.folder == call.folder and row.kept_ms == call.kept_ms[i] then
    check_library(row)
    leave_library(id, row)
    count = count + 1
  end
  local dying = redis.call('HGET', keys.library_dying(call.folder), id)
  if dying and dying:match('^%d+') == text(call.kept_ms[i]) then
    redis.call('HDEL', keys.library_dying(call.folder), id)
    count = count + 1
  end
end
return count
