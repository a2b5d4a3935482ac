#!lua flags=allow-oom
-- Find kept files, the last one that was kept first.
--
-- ARGV[1]  JSON: view (owner and what else is asked for, as keys name it), from_ms and to_ms (when they were kept; both
--          belong to it), start (so many are left out), count (100 at most), offset_ms
-- Returns  { how many there are in all, row ... }

local total = redis.call('ZCOUNT', keys.library_view(call.view), text(call.from_ms), text(call.to_ms))
-- By rank, which costs the same however far behind a page is.
local first = redis.call('ZCOUNT', keys.library_view(call.view), '(' .. text(call.to_ms), '+inf') + call.start
local count = math.min(call.count, total - call.start)
if count <= 0 then return { total } end
local found = { total }
for _, id in ipairs(redis.call('ZREVRANGE', keys.library_view(call.view), first, first + count - 1)) do
  local row = redis.call('GET', keys.library_row(id))
  if row then found[#found + 1] = row end
end
return found
