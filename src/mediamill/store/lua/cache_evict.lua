#!lua flags=allow-oom
-- Name entries to be deleted: those used longest ago, or named ones. Nobody puts them meanwhile.
--
-- ARGV[1]  JSON: dying_ms (for the deletes), limit (500 at most), offset_ms; and
--          bytes (that many together), or until_ms (those not used since), with word (what they are counted as); or
--          entries (kept ones, pinned too, those whose lease is over, and those without a row)
-- Returns  { when their lease ends, the bytes of all, entry ... }

local found, freed, pinned = {}, 0, {}
if call.entries then
  check_cache(call.entries)
  for _, entry in ipairs(call.entries) do
    local ends_ms = leased_ms('cache_writing', entry) or leased_ms('cache_dying', entry)
    if not ends_ms or ends_ms <= now then
      found[#found + 1] = entry
      freed = freed + (bytes_of(entry) or 0)
    end
  end
else
  check_cache({})
  found, freed, pinned = least_used(call.bytes or math.huge, call.until_ms or math.huge, call.limit)
  check_cache(found)
end
all_bytes()
doom(found, pinned, now + call.dying_ms)
for _, entry in ipairs(found) do
  if not bytes_of(entry) then set_bytes(entry, 0) end
end
if call.word then tally(call.word, #found) end
return { text(now + call.dying_ms), text(freed), unpack(found) }
