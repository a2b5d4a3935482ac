#!lua flags=allow-oom
-- Entries are not there any more: take their rows and their room back.
--
-- ARGV[1]  JSON: entries, offset_ms; optional lease (when it ends, of those that are put or deleted: only those under
--          this one; else only those that are kept)
-- Returns  how many had such a row

check_cache(call.entries)
all_bytes()
local count = 0
for _, entry in ipairs(call.entries) do
  local ends_ms = leased_ms('cache_writing', entry) or leased_ms('cache_dying', entry)
  if ends_ms == call.lease and bytes_of(entry) then
    forget_entry(entry)
    count = count + 1
  end
end
return count
