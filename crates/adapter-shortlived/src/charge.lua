-- kernel::Limit::charge, by this server's clock. What the asking node knows of a window that is running counts too: it may
-- have counted while it was alone, or this server may have forgotten.
local most, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local known, known_ends = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local used, ends, kept, kept_ends = 0, nil, 0, nil
local found = redis.call('GET', KEYS[1])
if found then
  local its_used, its_ends = found:match('^(%d+) (%d+)$')
  if tonumber(its_ends) > now then
    kept, kept_ends = tonumber(its_used), tonumber(its_ends)
    used, ends = kept, kept_ends
  end
end
if known_ends > now then
  used, ends = math.max(used, known), ends or known_ends
end
-- A clock that was set back must not make a window longer.
ends = math.min(ends or now + length, now + length)
local passes = used < most and 1 or 0
used = used + passes
if used > kept or ends ~= kept_ends then
  redis.call('SET', KEYS[1], string.format('%d %.0f', used, ends), 'PX', string.format('%.0f', ends - now))
end
return { passes, used, ends, now }
