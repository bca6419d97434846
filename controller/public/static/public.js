// One sound at a time: a listener that starts the second does not want the first.
document.addEventListener("play", function (e) {
  var all = document.getElementsByTagName("audio");
  for (var i = 0; i < all.length; i++) if (all[i] !== e.target) all[i].pause();
}, true);

// The form of a message fills in where the telephone is, if its owner asks for it.
(function () {
  var here = document.getElementById("here");
  if (!here || !navigator.geolocation) return;
  here.hidden = false;
  here.addEventListener("click", function () {
    navigator.geolocation.getCurrentPosition(function (p) {
      document.getElementsByName("latitude")[0].value = p.coords.latitude.toFixed(5);
      document.getElementsByName("longitude")[0].value = p.coords.longitude.toFixed(5);
    }, function () { here.hidden = true; }, { enableHighAccuracy: true, timeout: 20000 });
  });
})();
