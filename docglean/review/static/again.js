/* By a link of another site: asked by this page itself, the same address comes with the cookie. */
location.replace(`/?again${location.hash}`);
