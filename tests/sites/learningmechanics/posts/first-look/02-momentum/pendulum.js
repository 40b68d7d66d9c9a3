export const pendulum = document.getElementById("pendulum");
