// One sound at a time: a listener that starts the second does not want the first.
document.addEventListener("play", function (e) {
  var all = document.getElementsByTagName("audio");
  for (var i = 0; i < all.length; i++) if (all[i] !== e.target) all[i].pause();
}, true);
