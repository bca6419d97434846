// One sound at a time: who starts the second does not want to hear the first.
document.addEventListener("play", function (e) {
  var all = document.getElementsByTagName("audio");
  for (var i = 0; i < all.length; i++) if (all[i] !== e.target) all[i].pause();
}, true);
