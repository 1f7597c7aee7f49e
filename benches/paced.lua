-- For wrk: every connection waits between two requests, on average as many milliseconds as the first argument says.
local wait

function init(arguments)
  wait = tonumber(arguments[1])
end

function delay()
  return math.random(0, 2 * wait)
end
