// What a visitor gets: it shows each message as text, never as HTML, and connects again when the connection ends.
static const char page[] =
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>chat</title><style>body{font:16px system-ui;max-width:36em;margin:2em auto;padding:0 1em}"
    "li{margin:.3em 0;overflow-wrap:anywhere}input{width:70%;font:inherit}button{font:inherit}</style>"
    "<h1>chat</h1><p id=state>connecting</p><ul id=log></ul>"
    "<form id=form><input id=text maxlength=500 autofocus autocomplete=off> <button>Say it</button></form><script>"
    "const $=id=>document.getElementById(id);let socket;"
    "function connect(){socket=new WebSocket((location.protocol==='https:'?'wss://':'ws://')+location.host+'/chat');"
    "socket.onopen=()=>$('state').textContent='connected';"
    "socket.onmessage=e=>{const li=document.createElement('li');li.textContent=e.data;$('log').append(li)};"
    "socket.onclose=e=>{$('state').textContent='closed ('+e.code+'), trying again';setTimeout(connect,1000)}}"
    "$('form').onsubmit=e=>{e.preventDefault();if(socket.readyState===1&&$('text').value){"
    "socket.send($('text').value);$('text').value=''}};connect()</script></html>";
